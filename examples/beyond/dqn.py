"""The same cart learns what each push is worth: deep Q-learning with a replay memory and a target network.

Mnih et al., "Human-level control through deep reinforcement learning" (2015).

``python -m examples.beyond.dqn``
"""

import math
import random
from collections import deque, namedtuple

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F
import tinygrad_wtf.optim as optim
from examples.beyond.cartpole import CartPole

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))
BATCH_SIZE, GAMMA, TAU = 32, 0.99, 0.01
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class DQN(nn.Module):
    """A state in, the worth of each action out."""

    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.layer1 = nn.Linear(n_observations, 32)
        self.layer2 = nn.Linear(32, 32)
        self.layer3 = nn.Linear(32, n_actions)

    def forward(self, x):
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        return self.layer3(x)


def main(steps=25):
    env = CartPole()
    policy_net, target_net = DQN(4, 2).to(device), DQN(4, 2).to(device)
    target_net.load_state_dict(policy_net.state_dict())
    optimizer = optim.AdamW(policy_net.parameters(), lr=1e-3, amsgrad=True)
    memory = deque(maxlen=10_000)
    losses, done_steps = [], 0

    def select_action(state):
        nonlocal done_steps
        eps_threshold = 0.05 + 0.85 * math.exp(-done_steps / 200)
        done_steps += 1
        if random.random() > eps_threshold:
            with torch.no_grad():
                return policy_net(state).max(1).indices.view(1, 1)
        return torch.tensor([[random.randrange(2)]], device=device, dtype=torch.long)

    def optimize_model():
        if len(memory) < BATCH_SIZE:
            return
        batch = Transition(*zip(*random.sample(memory, BATCH_SIZE)))
        non_final_mask = torch.tensor(tuple(s is not None for s in batch.next_state), device=device, dtype=torch.bool)
        non_final_next_states = torch.cat([s for s in batch.next_state if s is not None])
        state_batch, action_batch = torch.cat(batch.state), torch.cat(batch.action)
        reward_batch = torch.cat(batch.reward)

        state_action_values = policy_net(state_batch).gather(1, action_batch)
        next_state_values = torch.zeros(BATCH_SIZE, device=device)
        with torch.no_grad():
            next_state_values[non_final_mask] = target_net(non_final_next_states).max(1).values
        expected_state_action_values = (next_state_values * GAMMA) + reward_batch

        criterion = nn.SmoothL1Loss()
        loss = criterion(state_action_values, expected_state_action_values.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
        optimizer.step()
        losses.append(loss.item())

    for episode in range(steps):
        state = torch.tensor(env.reset(), device=device).unsqueeze(0)
        length, done = 0, False
        while not done:
            action = select_action(state)
            observation, reward, done = env.step(action.item())
            reward = torch.tensor([reward], device=device)
            next_state = None if done else torch.tensor(observation, device=device).unsqueeze(0)
            memory.append(Transition(state, action, next_state, reward))
            state = next_state
            optimize_model()
            target_net_state_dict = target_net.state_dict()
            policy_net_state_dict = policy_net.state_dict()
            for key in policy_net_state_dict:
                target_net_state_dict[key] = policy_net_state_dict[key] * TAU + target_net_state_dict[key] * (1 - TAU)
            target_net.load_state_dict(target_net_state_dict)
            length += 1
        if episode % 5 == 0:
            print(f"episode {episode:3d}: the pole stood for {length} steps")
        losses.append(float(length))
    return losses


if __name__ == "__main__":
    random.seed(0)
    torch.manual_seed(0)
    main()
