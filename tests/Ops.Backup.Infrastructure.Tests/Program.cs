using Ops.Backup.Infrastructure.Tests;

// Not the tests' entry point (the runner loads this assembly itself) but the program that tests start in order to kill it.
return await HelperProgram.RunAsync(args);
