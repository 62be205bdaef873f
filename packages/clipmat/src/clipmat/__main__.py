"""``python -m clipmat``, for torchrun."""

from clipmat.cli import main

main()
