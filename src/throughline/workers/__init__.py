"""Processes that drain queues: the engine's inbox and outbox, timers, schedules."""
