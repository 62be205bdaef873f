"""Where the files are: one module per dataset, all behind the protocols of ``base``."""
