"""Audio files in and out: decoding with its checks, mixing down, resampling, FLAC."""
