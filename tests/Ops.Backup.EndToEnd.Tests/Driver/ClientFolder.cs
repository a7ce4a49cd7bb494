namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>A folder of client programs for Backup:ClientFolders, some of them stand-ins.</summary>
public sealed class ClientFolder(PostgresCluster cluster) : IDisposable
{
    private readonly TempFolder _folder = new("clients");

    public string Path => _folder.Path;

    public string RealOf(string program) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(cluster.Binaries.Psql)!, program);

    public ClientFolder WithReal(params string[] programs)
    {
        foreach (var program in programs) File.CreateSymbolicLink(_folder.File(program), RealOf(program));
        return this;
    }

    public ClientFolder WithScript(string program, string script)
    {
        File.WriteAllText(_folder.File(program), $"#!/bin/bash\n{script}\n");
        File.SetUnixFileMode(_folder.File(program), (UnixFileMode)Convert.ToInt32("755", 8));
        return this;
    }

    public void Dispose() => _folder.Dispose();
}
