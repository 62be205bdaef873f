"""The network, part by part; read `clipmat.py` beside Figure 4 of the paper."""
