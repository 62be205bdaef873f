"""Models that propose labels; a person checks what they say (`refmatte review`)."""
