"""`python -m relucert` is the command line."""

from relucert.verify.commands.main import main

if __name__ == "__main__":
    main()
