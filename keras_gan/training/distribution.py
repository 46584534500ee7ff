"""What training knows of `tf.distribute`: so far, that it is not supported."""


def check_one_replica(strategy):
    """Refuses several replicas, each of which would play with the same noise.

    Args:
        strategy: The model's `distribute_strategy`.

    Raises:
        ValueError: If it has more than one replica.
    """
    if strategy.num_replicas_in_sync > 1:
        raise ValueError(
            f"{strategy.num_replicas_in_sync} replicas: a GAN trains on one device so "
            "far. Build and compile it outside of strategy.scope()."
        )
