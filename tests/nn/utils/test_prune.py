"""Pruned weights: holes that stay, and which entries they are."""

import copy

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.utils import prune


def layer():
    tw.manual_seed(0)
    made = nn.Linear(4, 3)
    with tw.no_grad():
        made.weight.copy_(tw.tensor([[1.0, -2.0, 3.0, -4.0], [5.0, 6.0, -7.0, 8.0], [-9.0, 10.0, 11.0, 12.0]]))
    return made


def test_the_least_entries_are_pruned_and_stay_so_while_learning():
    pruned = prune.l1_unstructured(layer(), "weight", amount=0.25)
    assert pruned.weight.tolist()[0] == [0.0, 0.0, 0.0, -4.0]
    assert [name for name, _ in pruned.named_parameters()] == ["bias", "weight_orig"]
    assert [name for name, _ in pruned.named_buffers()] == ["weight_mask"]
    assert prune.is_pruned(nn.Sequential(pruned))
    optimizer = nn.optim.SGD(pruned.parameters(), lr=0.1)
    step = tw.compile(lambda: learnt(pruned, optimizer))
    for once in (lambda: learnt(pruned, optimizer), step, step, step):
        before = pruned.weight.detach().numpy().copy()
        once()
        after = pruned.weight.detach().numpy()
        assert (after.ravel()[:3] == 0).all()
        assert (after.ravel()[3:] != before.ravel()[3:]).all()
    twin = copy.deepcopy(pruned)
    assert twin.weight.tolist() == pruned.weight.tolist()
    wanted = pruned.weight.tolist()
    assert prune.remove(pruned, "weight").weight.tolist() == wanted
    assert isinstance(pruned.weight, nn.Parameter)
    assert type(pruned) is nn.Linear
    assert not prune.is_pruned(pruned)
    assert prune.is_pruned(twin)


def learnt(model, optimizer):
    optimizer.zero_grad()
    loss = (model(tw.ones(2, 4)) ** 2).sum()
    loss.backward()
    optimizer.step()
    return loss


def test_channels_are_pruned_by_their_norms():
    pruned = prune.ln_structured(layer(), "weight", amount=1, n=2, dim=0)
    assert pruned.weight_mask.tolist() == [[0.0] * 4, [1.0] * 4, [1.0] * 4]
    prune.ln_structured(pruned, "weight", amount=1, n=float("inf"), dim=1)  # of the columns that are left
    assert pruned.weight_mask.tolist() == [[0.0] * 4, [0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]]


def test_pruning_twice_counts_what_is_left():
    pruned = prune.l1_unstructured(layer(), "weight", amount=4)
    prune.l1_unstructured(pruned, "weight", amount=0.5)
    assert pruned.weight_mask.sum().item() == 4.0
    assert pruned.weight_mask[2].tolist() == [1.0] * 4


@pytest.mark.parametrize("how", ["random_unstructured", "random_structured"])
def test_at_random(how):
    more = {"dim": 1} if how == "random_structured" else {}
    pruned = getattr(prune, how)(layer(), "weight", amount=0.5, **more)
    assert (pruned.weight_mask == 0).sum().item() == 6


def test_entries_of_several_layers_together():
    model = nn.Sequential(layer(), layer())
    with tw.no_grad():
        model[1].weight.mul_(100)
    prune.global_unstructured([(part, "weight") for part in model], prune.L1Unstructured, amount=12)
    assert [part.weight_mask.sum().item() for part in model] == [0.0, 12.0]
    with pytest.raises(TypeError, match="unstructured"):
        prune.global_unstructured([(model[0], "weight")], prune.RandomStructured, amount=1)


def test_masks_and_scores_of_ones_own():
    mask = tw.tensor(np.arange(12).reshape(3, 4) % 2)
    pruned = prune.custom_from_mask(prune.identity(layer(), "weight"), "weight", mask)
    assert pruned.weight_mask.tolist() == mask.tolist()
    scored = prune.l1_unstructured(layer(), "weight", 1, importance_scores=-tw.arange(12.0).reshape(3, 4))
    assert scored.weight_mask.tolist()[0] == [0.0, 1.0, 1.0, 1.0]
    assert prune.L1Unstructured(2).prune(tw.tensor([3.0, -1.0, 2.0])).tolist() == [3.0, 0.0, 0.0]


def test_what_makes_no_sense_is_refused():
    for action, message in [
        (lambda: prune.l1_unstructured(layer(), "weights", 1), "no parameter 'weights'"),
        (lambda: prune.l1_unstructured(layer(), "weight", 13), "13 cannot be pruned of 12"),
        (lambda: prune.l1_unstructured(layer(), "weight", 1.5), "fraction"),
        (lambda: prune.l1_unstructured(layer(), "weight", 1, tw.ones(3)), "importance_scores"),
        (lambda: prune.ln_structured(layer(), "bias", 1, 2, 0), "2 dimensions"),
        (lambda: prune.custom_from_mask(layer(), "weight", tw.ones(3)), "the mask has shape"),
        (lambda: prune.remove(layer(), "weight"), "not pruned"),
    ]:
        with pytest.raises(ValueError, match=message):
            action()
    with pytest.raises(AttributeError, match="is pruned"):
        prune.identity(layer(), "weight").weight = tw.ones(3, 4)
