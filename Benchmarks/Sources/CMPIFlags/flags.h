// Declares nothing: the target is here for what pkg-config says of it.
