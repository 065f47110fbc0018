"""Latent, text-guided models through diffusers: Stable Diffusion, its descendants, and FLUX."""
