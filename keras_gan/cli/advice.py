"""What to do about the symptoms that `Health` reports, in terms of flags."""

# A run goes on with its own flags only.
_ANEW = "In a new --run_dir,"
_MORE_R1 = (
    "give R1 three times its weight (--r1, or --r1_at_28 if the preset has it; if it is "
    "0, --r1=0.2)"
)
_PACKED = "or, without classes, try --packing=2"

HEALTH = {
    "collapsed": f"{_ANEW} {_MORE_R1}, lower --g_lr, or try --loss=relativistic",
    "repeated": f"{_ANEW} {_MORE_R1}, lower --g_lr, {_PACKED}",
    "one-sided": f"{_ANEW} {_MORE_R1}, {_PACKED}",
    "frozen": "Is the generator's learning rate 0, or are its outputs saturated? "
    f"{_ANEW} lower --lr and --g_lr",
    "starved": f"{_ANEW} use --loss=non_saturating, or {_MORE_R1}",
    "saturated": f"{_ANEW} {_MORE_R1}, or lower --lr, the discriminator's learning rate, "
    "and give --g_lr the value it has now",
    "memorising": f"{_ANEW} use more data, {_MORE_R1}, or try --augment",
}
