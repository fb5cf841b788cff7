"""Data sets, samplers and the loader: orders, batches, workers, and what goes wrong in a sample."""

from __future__ import annotations

import threading
from collections import Counter, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
)


class Squares(Dataset):
    def __init__(self, size=10, bad=None):
        self.size, self.bad = size, bad

    def __len__(self):
        return self.size

    def __getitem__(self, number):
        if number == self.bad:
            raise KeyError("no such file")
        return number, float(number**2)


class Part(IterableDataset):
    """Each worker gives each nth number."""

    def __init__(self, size):
        self.size = size

    def __iter__(self):
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        yield from range(first, self.size, step)


def flat(loader):
    return [int(n) for batch in loader for n in batch[0]]


sizes, workers = st.integers(1, 12), st.sampled_from([0, 1, 3])


@given(sizes, sizes, st.booleans(), workers)
def test_batches_are_the_samples_in_their_order(size, batch_size, drop_last, workers):
    loader = DataLoader(Squares(size), batch_size=batch_size, drop_last=drop_last, num_workers=workers)
    batches = list(loader)
    assert len(batches) == len(loader)
    kept = size - size % batch_size if drop_last else size
    assert flat(batches) == list(range(kept))
    assert all(y.dtype == tw.float64 and x.dtype == tw.int64 for x, y in batches)
    assert all(y.tolist() == [n**2 for n in x.tolist()] for x, y in batches)


@given(sizes, sizes, workers, st.integers(0, 100))
def test_shuffled_every_sample_comes_once_and_a_seed_gives_the_order(size, batch_size, workers, seed):
    def made():
        return DataLoader(Squares(size), batch_size, shuffle=True, num_workers=workers, generator=tw.Generator(seed))

    loader = made()
    first, second = flat(loader), flat(loader)
    assert sorted(first) == sorted(second) == list(range(size))
    again = made()
    assert [first, second] == [flat(again), flat(again)]
    if size > 10:
        assert first != list(range(size)) or second != list(range(size))


@given(sizes, sizes, st.booleans())
def test_tensors_are_indexed_as_samples_would_be_collated(size, batch_size, shuffle):
    X, y = tw.arange(3.0 * size).reshape(size, 3), tw.arange(size)
    data = TensorDataset(X, y)
    chosen = Subset(data, list(range(0, size, 2)))
    for whole in (data, chosen):
        fast = DataLoader(whole, batch_size, shuffle=shuffle, generator=tw.Generator(0))
        slow = DataLoader(
            whole, batch_size, shuffle=shuffle, generator=tw.Generator(0), collate_fn=lambda b: default_collate(b)
        )
        for one, other in zip(fast, slow, strict=True):
            assert [t.tolist() for t in one] == [t.tolist() for t in other]
            assert [t.dtype for t in one] == [t.dtype for t in other]
            assert type(one) is type(other)


def test_a_batch_has_memory_of_its_own():
    X = tw.zeros(4, 2)
    for (batch,) in DataLoader(TensorDataset(X), batch_size=2):
        batch.add_(1)
    assert X.tolist() == [[0.0, 0.0]] * 4


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [0, 1, 7, 12])
def test_an_iterable_data_set_is_shared_out_among_workers(size, workers):
    loader = DataLoader(Part(size), batch_size=2, num_workers=workers)
    assert sorted(int(n) for batch in loader for n in batch) == list(range(size))
    assert sorted(int(n) for batch in loader for n in batch) == list(range(size))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_a_sample_says_which(workers):
    loader = DataLoader(Squares(10, bad=7), batch_size=4, num_workers=workers)
    batches = iter(loader)
    next(batches)
    with pytest.raises(KeyError, match="no such file") as caught:
        next(batches)
    assert caught.value.__notes__ == ["DataLoader: in sample 7 of a Squares"]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_while_a_batch_is_made_says_of_which_samples(workers):
    loader = DataLoader([[1], [1, 2], [3]], batch_size=3, num_workers=workers)
    with pytest.raises(ValueError, match="pad them") as caught:
        list(loader)
    assert caught.value.__notes__ == ["DataLoader: while a batch of samples [0, 1, 2] was made"]


class TestWorkers:
    def test_they_are_threads_that_know_themselves(self):
        seen = []

        class Where(Squares):
            def __getitem__(self, number):
                info = get_worker_info()
                seen.append((number, info.id, info.num_workers, info.dataset is self, threading.current_thread().name))
                return number

        list(DataLoader(Where(6), batch_size=2, num_workers=3))
        assert sorted((n, i) for n, i, *_ in seen) == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)]
        assert all(count == 3 and same and name.startswith("DataLoader worker") for _, _, count, same, name in seen)
        assert get_worker_info() is None

    def test_persistent_ones_stay(self):
        started: list[int] = []
        names: list[set[int]] = []
        loader = DataLoader(
            Squares(8), batch_size=2, num_workers=2, persistent_workers=True, worker_init_fn=started.append
        )
        for _ in range(3):
            before = set(map(id, threading.enumerate()))
            flat(loader)
            names.append({id(t) for t in threading.enumerate()} - before)
        assert sorted(started) == [0, 1]
        for worker in loader._workers:
            worker.stop()

    def test_others_are_gone_after_the_pass_also_when_it_is_left(self):
        before = threading.active_count()
        loader = DataLoader(Squares(8), batch_size=2, num_workers=2)
        for _ in loader:
            break
        flat(loader)
        assert threading.active_count() == before

    def test_an_error_of_the_beginning_is_told(self):
        def begin(number):
            raise OSError("no disk")

        with pytest.raises(OSError, match="no disk"):
            list(DataLoader(Squares(4), num_workers=2, worker_init_fn=begin))

    def test_one_that_does_not_answer(self):
        stop = threading.Event()

        class Slow(Squares):
            def __getitem__(self, number):
                stop.wait(10)
                return number

        batches = iter(DataLoader(Slow(2), num_workers=1, timeout=0.01))
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(RuntimeError, match=r"0\.01 s"):
            next(batches)
        stop.set()

    def test_seeds_differ_between_workers_and_passes(self):
        class Seeds(Squares):
            def __getitem__(self, number):
                return get_worker_info().seed

        loader = DataLoader(Seeds(4), batch_size=2, num_workers=2)
        seeds = [tuple(batch.tolist()) for _ in range(2) for batch in loader]
        assert len(set(seeds)) == 4


def test_data_sets_put_together():
    both = ConcatDataset([Squares(3), Squares(2)])
    assert [n for n, _ in both] == [0, 1, 2, 0, 1]
    assert len(both + Squares(1)) == 6
    with pytest.raises(IndexError):
        both[5]
    with pytest.raises(TypeError, match="ChainDataset"):
        ConcatDataset([Part(2)])
    assert list(ChainDataset([Part(2), Part(1)])) == [0, 1, 0] == list(Part(2) + Part(1))
    side = StackDataset(Squares(3), [5, 6, 7])
    assert side[2] == ((2, 4.0), 7)
    with pytest.raises(ValueError, match="different lengths"):
        StackDataset([1], [1, 2])


def test_tensors_of_different_lengths_are_refused():
    with pytest.raises(tw.ShapeError, match="same number of samples"):
        TensorDataset(tw.zeros(3, 2), tw.zeros(2))


class TestSplits:
    @given(st.integers(0, 30), st.integers(0, 5))
    def test_parts_are_the_whole(self, size, seed):
        parts = random_split(range(size), [0.5, 0.3, 0.2], generator=tw.Generator(seed))
        assert sorted(n for part in parts for n in part) == list(range(size))
        rounded = [int(size * 0.5), int(size * 0.3), int(size * 0.2)]
        assert all(0 <= len(part) - least <= 1 for part, least in zip(parts, rounded, strict=True))

    def test_lengths(self):
        assert [len(part) for part in random_split(range(10), [7, 3])] == [7, 3]
        with pytest.raises(ValueError, match="10 samples"):
            random_split(range(10), [7, 2])
        with pytest.raises(ValueError, match="10 samples"):
            random_split(range(10), [0.5, 0.4])


class TestSamplers:
    def test_draws_with_replacement(self):
        found = list(RandomSampler(range(3), replacement=True, num_samples=50, generator=tw.Generator(0)))
        assert len(found) == 50
        assert set(found) == {0, 1, 2}

    def test_more_draws_than_samples_take_all_first(self):
        found = list(RandomSampler(range(4), num_samples=10, generator=tw.Generator(0)))
        assert sorted(found[:4]) == sorted(found[4:8]) == [0, 1, 2, 3]
        assert len(found) == 10

    def test_weights(self):
        weights = tw.tensor([0.0, 1.0, 3.0])
        found = Counter(WeightedRandomSampler(weights, 4000, generator=tw.Generator(0)))
        assert found[0] == 0
        assert found[2] / found[1] == pytest.approx(3, rel=0.15)
        assert sorted(WeightedRandomSampler([0, 2, 1], 2, replacement=False)) == [1, 2]
        with pytest.raises(ValueError, match="without replacement"):
            WeightedRandomSampler([0, 2, 1], 3, replacement=False)
        with pytest.raises(ValueError, match="at least 0"):
            WeightedRandomSampler([-1, 2], 3)

    def test_a_sampler_and_a_batch_sampler_in_a_loader(self):
        assert sorted(flat(DataLoader(Squares(10), 2, sampler=SubsetRandomSampler([1, 5, 6])))) == [1, 5, 6]
        batches = [[0, 9], [3]]
        assert [x.tolist() for x, _ in DataLoader(Squares(10), batch_sampler=batches)] == batches
        assert list(BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]]


class TestCollating:
    def test_kinds(self):
        Pair = namedtuple("Pair", "a b")
        assert default_collate([1, 2]).dtype == tw.int64
        assert default_collate([True, False]).dtype == tw.bool
        assert default_collate([np.float32(1), np.float32(2)]).dtype == tw.float32
        assert default_collate([np.zeros(3), np.ones(3)]).shape == (2, 3)
        assert default_collate(["a", "b"]) == ["a", "b"]
        found = default_collate([Pair(1, {"x": 2.0}), Pair(3, {"x": 4.0})])
        assert isinstance(found, Pair)
        assert found.b["x"].tolist() == [2.0, 4.0]
        with pytest.raises(TypeError, match="collate_fn"):
            default_collate([object(), object()])

    def test_gradients_go_through(self):
        rows = [tw.tensor([1.0, 2.0], requires_grad=True) for _ in range(2)]
        default_collate(rows).sum().backward()
        assert rows[0].grad.tolist() == [1.0, 1.0]

    def test_without_batches(self):
        samples = list(DataLoader([np.ones(2), np.zeros(2)], batch_size=None))
        assert [s.tolist() for s in samples] == [[1.0, 1.0], [0.0, 0.0]]
        assert default_convert("text") == "text"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "at least 1"),
        ({"num_workers": -1}, "num_workers"),
        ({"sampler": [0], "shuffle": True}, "sampler gives the order"),
        ({"batch_sampler": [[0]], "batch_size": 2}, "excludes"),
        ({"batch_size": None, "drop_last": True}, "none to drop"),
        ({"prefetch_factor": 2}, "num_workers above 0"),
        ({"timeout": -1}, "timeout"),
    ],
)
def test_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(Squares(), **arguments)


def test_what_has_no_samples_is_refused():
    with pytest.raises(TypeError, match="IterableDataset"):
        DataLoader(n for n in range(3))
    with pytest.raises(ValueError, match="own order"):
        DataLoader(Part(3), shuffle=True)


def test_a_training_loop():
    X = tw.linspace(-1, 1, 40).reshape(-1, 1)
    loader = DataLoader(TensorDataset(X, 3 * X), batch_size=8, shuffle=True, generator=tw.Generator(0))
    w = tw.zeros(1, 1, requires_grad=True)
    optimizer = tw.optim.Adam([w], lr=0.1)
    for _ in range(40):
        for x, y in loader:
            optimizer.zero_grad()
            ((x @ w - y) ** 2).mean().backward()
            optimizer.step()
    assert w.item() == pytest.approx(3, abs=1e-2)


def test_workers_change_neither_the_order_nor_the_next_one():
    def orders(workers):
        loader = DataLoader(range(9), 2, shuffle=True, num_workers=workers, generator=tw.Generator(3))
        return [[batch.tolist() for batch in loader] for _ in range(2)]

    assert orders(0) == orders(2)


def test_what_a_loader_was_made_of_stays():
    loader = DataLoader(range(4), 2)
    with pytest.raises(ValueError, match="batch_size cannot be set any more"):
        loader.batch_size = 3
    assert DataLoader(range(2), batch_size=None).collate_fn(range(2)) == [0, 1]
