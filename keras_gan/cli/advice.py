"""What to do about the symptoms that `Health` reports, in terms of flags."""

HEALTH = {
    "collapsed": "Raise --r1, lower --g_lr, or try --loss=relativistic",
    "repeated": "Raise --r1, lower --g_lr, or try --packing=2",
    "one-sided": "Raise --r1, or try --packing=2",
    "frozen": "Is the generator's learning rate 0, or are its outputs saturated? Lower "
    "--lr and --g_lr",
    "starved": "Use --loss=non_saturating, or raise --r1",
    "saturated": "Raise --r1, or lower --lr, the discriminator's learning rate, and give "
    "--g_lr the value it has now",
    "memorising": "Use more data, raise --r1, or try --augment",
}
