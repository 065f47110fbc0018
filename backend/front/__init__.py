"""The torch-free process that clients speak to: keys, queue, supervision of the workers."""
