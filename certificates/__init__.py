"""Why it is true: the certificate format, the encodings of problems into the kernel, the checker. See SPEC.md."""
