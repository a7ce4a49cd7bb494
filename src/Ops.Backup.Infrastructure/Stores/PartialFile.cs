using System.Buffers;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>
/// A file while it is written: whole only after <see cref="CompleteAsync"/>. What the disk gives back is compared by size and
/// CRC-32C, which the processor computes twenty times as fast as a SHA-256: enough against accidents.
/// </summary>
public sealed class PartialFile : IAsyncDisposable
{
    private const int WriteAheadBytes = 16 * 1024 * 1024;
    private const int ReadBackBytes = 1024 * 1024;
    private readonly FileStream _file;
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
        _crc = Crc32C.Append(_crc, bytes);
        _size += bytes.Length;
        if (_size - _begun < WriteAheadBytes) return;
        // The disk works while the dump goes on, so that little is left for the flush at the end.
        Posix.StartWriting(_file.SafeFileHandle, _begun, _size - _begun);
        _begun = _size;
    }

    /// <summary>Flushes it to the disk, reads it back, and compares with what was meant to be written.</summary>
    /// <exception cref="IOException">The disk is full, or gave back other bytes.</exception>
    public Task<StoredFile> CompleteAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            var (size, crc) = ReadBack(_file.Name, cancellationToken);
            if (size != _size || crc != _crc)
                throw new IOException($"{_file.Name}: {_size} bytes with CRC-32C {_crc:x8} were written, but the disk gives back {size} bytes with {crc:x8}.");
            return new StoredFile(_size, $"crc32c:{crc:x8}");
        },
        cancellationToken);

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static (long Size, uint Crc) ReadBack(string path, CancellationToken cancellationToken)
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
    }
}

/// <summary>A file that the disk gave back as it was written.</summary>
/// <param name="Checksum"><c>crc32c:…</c></param>
public sealed record StoredFile(long SizeBytes, string Checksum);
