using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.Objects;

/// <summary>Gathers blocks to parts. Small parts stay in the shared blocks; large ones, which memory has no room for, wait in a file.</summary>
internal sealed class PartAssembler(IBlockReader content, string spoolFolder)
{
    private Block? _ahead;
    private bool _begun;

    /// <summary>True when every byte is in a part.</summary>
    public bool AtEnd { get; private set; }

    /// <returns>The next part of at least so many bytes, fewer only at the end; the first one may be empty. Who takes it disposes it.</returns>
    public async Task<AssembledPart> NextAsync(long bytes, CancellationToken cancellationToken)
    {
        if (!_begun) await ReadAheadAsync(cancellationToken);
        _begun = true;
        AssembledPart part = bytes > PartSizes.FirstBytes ? new SpooledPart(spoolFolder) : new BlocksPart();
        try
        {
            while (!AtEnd && part.Length < bytes)
            {
                await part.AddAsync(_ahead!, cancellationToken);
                _ahead = null;
                await ReadAheadAsync(cancellationToken);
            }
            return part;
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }

    /// <summary>Gives back what was read and is in no part.</summary>
    public void Release()
    {
        _ahead?.Release();
        _ahead = null;
    }

    // One block ahead, because only the end tells whether a part is the last.
    private async Task ReadAheadAsync(CancellationToken cancellationToken)
    {
        _ahead = await content.ReadAsync(cancellationToken);
        AtEnd = _ahead is null;
    }
}

/// <summary>A part made of blocks; disposing it gives its memory or file back.</summary>
internal abstract class AssembledPart : PartBody, IDisposable
{
    /// <summary>Takes over the caller's hold on the block.</summary>
    public abstract ValueTask AddAsync(Block block, CancellationToken cancellationToken);

    public abstract void Dispose();
}

internal sealed class BlocksPart : AssembledPart
{
    private readonly List<Block> _blocks = [];
    private long _length;
    private int _disposed;

    public override long Length => _length;

    public override ValueTask AddAsync(Block block, CancellationToken cancellationToken)
    {
        _blocks.Add(block);
        _length += block.Bytes.Length;
        return ValueTask.CompletedTask;
    }

    public override Stream Open() => new SegmentsStream([.. _blocks.Select(block => block.Bytes)]);

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var block in _blocks) block.Release();
    }
}

internal sealed class SpooledPart : AssembledPart
{
    private readonly FileStream _file;

    public SpooledPart(string folder)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _file = new FileStream(Path.Combine(folder, $"part-{Guid.NewGuid():N}"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    public override long Length => _file.Length;

    public override async ValueTask AddAsync(Block block, CancellationToken cancellationToken)
    {
        try { await _file.WriteAsync(block.Bytes, cancellationToken); }
        finally { block.Release(); }
    }

    public override Stream Open() => new FileStream(_file.Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public override void Dispose() => _file.Dispose();
}
