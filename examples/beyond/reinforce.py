"""A cart learns to keep a pole upright by trying: the policy gradient REINFORCE (Williams, 1992).

``python -m examples.beyond.reinforce``
"""

import random
from collections import deque

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F
import tinygrad_wtf.optim as optim
from examples.beyond.cartpole import CartPole
from tinygrad_wtf.distributions import Categorical


class Policy(nn.Module):
    """The probabilities of left and right."""

    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(4, 64)
        self.dropout = nn.Dropout(p=0.3)
        self.affine2 = nn.Linear(64, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.affine2(x), dim=1)


def main(steps=60, gamma=0.99):
    env, policy = CartPole(), Policy()
    optimizer = optim.Adam(policy.parameters(), lr=1e-2)
    eps = 1e-8

    def select_action(state):
        probs = policy(torch.tensor(state).unsqueeze(0))
        m = Categorical(probs)
        action = m.sample()
        policy.saved_log_probs.append(m.log_prob(action))
        return action.item()

    def finish_episode():
        R = 0
        returns = deque()
        for r in policy.rewards[::-1]:
            R = r + gamma * R
            returns.appendleft(R)
        returns = torch.tensor(returns)
        returns = (returns - returns.mean()) / (returns.std() + eps)
        policy_loss = []
        for log_prob, R in zip(policy.saved_log_probs, returns):
            policy_loss.append(-log_prob * R)
        optimizer.zero_grad()
        policy_loss = torch.cat(policy_loss).sum()
        policy_loss.backward()
        optimizer.step()
        del policy.rewards[:]
        del policy.saved_log_probs[:]
        return policy_loss.item()

    losses, running = [], 10.0
    for episode in range(steps):
        state, done, reached = env.reset(), False, 0
        while not done:
            state, reward, done = env.step(select_action(state))
            policy.rewards.append(reward)
            reached += 1
        running = 0.05 * reached + 0.95 * running
        losses += [finish_episode(), float(reached)]
        if episode % 10 == 0:
            print(f"episode {episode}\tlast length: {reached}\taverage length: {running:.2f}")
    return losses


if __name__ == "__main__":
    random.seed(543)
    torch.manual_seed(543)
    main()
