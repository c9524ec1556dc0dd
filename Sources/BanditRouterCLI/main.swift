print("bandit-router")
