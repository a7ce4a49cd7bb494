using System.Buffers;
using System.Security.Cryptography;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>
/// A file while it is written: hashed on the way, whole only after <see cref="CompleteAsync"/>. What the disk gives back is
/// compared by size and CRC-32C, which the processor computes twenty times as fast as a SHA-256: enough against accidents.
/// </summary>
public sealed class PartialFile : IAsyncDisposable
{
    private const int WriteAheadBytes = 16 * 1024 * 1024;
    private const int ReadBackBytes = 1024 * 1024;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _begun;
    private uint _crc;
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
        _crc = Crc32C.Append(_crc, bytes);
        _size += bytes.Length;
        if (_size - _begun < WriteAheadBytes) return;
        // The disk works while the dump goes on, so that little is left for the flush at the end.
        Posix.StartWriting(_file.SafeFileHandle, _begun, _size - _begun);
        _begun = _size;
    }

    /// <summary>Flushes it to the disk, reads it back, and compares with what was meant to be written.</summary>
    /// <exception cref="IOException">The disk is full, or gave back other bytes.</exception>
    public async Task<StoredFile> CompleteAsync(CancellationToken cancellationToken)
    {
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        var (size, crc) = await ReadBackAsync(_file.Name, cancellationToken);
        if (size != _size || crc != _crc)
            throw new IOException($"{_file.Name}: {_size} bytes with CRC-32C {_crc:x8} were written, but the disk gives back {size} bytes with {crc:x8}.");
        return new StoredFile(_size, Convert.ToHexStringLower(_hash.GetHashAndReset()));
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _hash.Dispose();
    }

    private static Task<(long Size, uint Crc)> ReadBackAsync(string path, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            using var rented = MemoryPool<byte>.Shared.Rent(ReadBackBytes);
            var buffer = rented.Memory.Span;
            var crc = 0u;
            long size = 0;
            for (int read; (read = file.Read(buffer)) > 0; size += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                crc = Crc32C.Append(crc, buffer[..read]);
            }
            return (size, crc);
        },
        cancellationToken);
}

/// <summary>A file that the store confirmed; the hash is of the stream that was written.</summary>
public sealed record StoredFile(long SizeBytes, string Sha256);
