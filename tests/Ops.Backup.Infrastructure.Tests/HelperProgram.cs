using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Tests;

/// <summary>A stand-in for the service: it starts a child or a cluster, prints its process id, and stays until it is killed.</summary>
internal static class HelperProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["child", var program, .. var arguments]:
                Console.WriteLine(ChildProcess.Start(new ProcessSpec(program, arguments)).Id);
                break;
            case ["cluster", var folder]:
                var server = new EmbeddedPostgres(new EmbeddedPostgresOptions { DataFolder = folder });
                await server.StartAsync(CancellationToken.None);
                Console.WriteLine(server.ProcessId);
                break;
            case ["lock", var folder]:
                _ = DataFolderLock.Acquire(folder);
                Console.WriteLine(Environment.ProcessId);
                break;
            default:
                await Console.Error.WriteLineAsync("child PROGRAM [ARGUMENT...] | cluster FOLDER | lock FOLDER");
                return 2;
        }
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
