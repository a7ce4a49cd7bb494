using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Tests;

/// <summary>A stand-in for the service: it starts a child or a cluster, prints its process id, and stays until it is killed; or it fills a disk, and ends.</summary>
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
            case ["fill", var folder]:
                return await FillAsync(folder);
            default:
                await Console.Error.WriteLineAsync("child PROGRAM [ARGUMENT...] | cluster FOLDER | lock FOLDER | fill FOLDER");
                return 2;
        }
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    /// <summary>Stores more in a folder than its small disk has room for, and prints how that was refused and what is left.</summary>
    private static async Task<int> FillAsync(string folder)
    {
        using var store = new FolderStore(folder);
        using var pool = new BlockPool(2);
        using var content = new MemoryStream(new byte[4 * 1024 * 1024]);
        try
        {
            await store.StageAsync("large", new StreamBlocks(content, pool), CancellationToken.None);
            return 1;
        }
        catch (StoreException e)
        {
            Console.WriteLine($"{e.Code}\n{e.Message}");
        }
        var space = await store.SpaceAsync(CancellationToken.None);
        Console.WriteLine($"{Directory.EnumerateFileSystemEntries(folder).Count()} entries, {space!.FreeBytes} free");
        return 0;
    }
}
