"""A pole on a cart, in plain Python: the environment of `reinforce` and `dqn`.

Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning control problems" (1983).
"""

import math
import random


class CartPole:
    """Push the cart left (0) or right (1); each step that the pole stands gives a reward of 1."""

    def __init__(self, limit=200):
        self.limit = limit

    def reset(self):
        """Start near the middle; returns (position, speed, angle, turning speed)."""
        self.state = [random.uniform(-0.05, 0.05) for _ in range(4)]
        self.steps = 0
        return list(self.state)

    def step(self, action):
        """One fiftieth of a second; returns the state, the reward, and whether it is over."""
        x, v, angle, turn = self.state
        force = 10.0 if action == 1 else -10.0
        sin, cos = math.sin(angle), math.cos(angle)
        push = (force + 0.05 * turn**2 * sin) / 1.1
        bend = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
        speed_up = push - 0.05 * bend * cos / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * speed_up, angle + 0.02 * turn, turn + 0.02 * bend]
        self.steps += 1
        fallen = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * math.pi / 180
        return list(self.state), 1.0, fallen or self.steps >= self.limit
