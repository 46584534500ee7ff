"""What to do about the symptoms that `Health` reports, in terms of flags."""

# A run goes on with its own flags only.
_ANEW = "In a new --run_dir,"

HEALTH = {
    "collapsed": f"{_ANEW} raise --r1, lower --g_lr, or try --loss=relativistic",
    "repeated": f"{_ANEW} raise --r1, lower --g_lr, or try --packing=2",
    "one-sided": f"{_ANEW} raise --r1, or try --packing=2",
    "frozen": "Is the generator's learning rate 0, or are its outputs saturated? "
    f"{_ANEW} lower --lr and --g_lr",
    "starved": f"{_ANEW} use --loss=non_saturating, or raise --r1",
    "saturated": f"{_ANEW} raise --r1, or lower --lr, the discriminator's learning rate, "
    "and give --g_lr the value it has now",
    "memorising": f"{_ANEW} use more data, raise --r1, or try --augment",
}
