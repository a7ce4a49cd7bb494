using System.Security.Cryptography;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>A file while it is written: hashed on the way, whole only after <see cref="CompleteAsync"/>.</summary>
public sealed class PartialFile : IAsyncDisposable
{
    private const int ReadBackBytes = 1024 * 1024;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _size;

    internal PartialFile(string path)
    {
        // Owner only: a dump holds everything that the database does.
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _hash.AppendData(bytes);
        _size += bytes.Length;
    }

    /// <summary>Flushes it to the disk, reads it back, and compares with what was meant to be written.</summary>
    /// <exception cref="IOException">The disk is full, or gave back other bytes.</exception>
    public async Task<StoredFile> CompleteAsync(CancellationToken cancellationToken)
    {
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        var meant = Convert.ToHexStringLower(_hash.GetHashAndReset());
        var stored = await ReadBackAsync(_file.Name, cancellationToken);
        if (stored.SizeBytes != _size || stored.Sha256 != meant)
            throw new IOException($"{_file.Name} was written with {_size} bytes and SHA-256 {meant}, but the disk gives back {stored.SizeBytes} bytes with {stored.Sha256}.");
        return stored;
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _hash.Dispose();
    }

    private static Task<StoredFile> ReadBackAsync(string path, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[ReadBackBytes];
            long size = 0;
            for (int read; (read = file.Read(buffer)) > 0; size += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }
            return new StoredFile(size, Convert.ToHexStringLower(hash.GetHashAndReset()));
        },
        cancellationToken);
}

/// <summary>A file as the store gave it back.</summary>
public sealed record StoredFile(long SizeBytes, string Sha256);
