namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>A pair of keys, as age-keygen makes it.</summary>
public sealed class AgeKey : IDisposable
{
    private readonly TempFolder _folder = new("key");

    public AgeKey()
    {
        Machine.RunAsync("/usr/bin/age-keygen", "-o", File).GetAwaiter().GetResult();
        Recipient = System.IO.File.ReadLines(File).First(line => line.Contains("public key", StringComparison.Ordinal)).Split(' ')[^1];
    }

    /// <summary>The file with the secret key.</summary>
    public string File => _folder.File("KEY.txt");

    public string Recipient { get; }

    public void Dispose() => _folder.Dispose();
}
