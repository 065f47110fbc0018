"""The command `sdedit`: one module per subcommand, each with NAME, HELP, add_arguments and run."""
