namespace Ops.Backup.Application.Ports;

public enum BackupPhase { Queued, Connecting, Dumping, Packing, Globals, Storing, Done }

/// <summary>How far a run is; written by the pipeline, read by the heartbeat, safe for both at once.</summary>
public sealed class BackupProgress
{
    private long _bytes;
    private volatile int _phase = (int)BackupPhase.Connecting;

    public BackupPhase Phase
    {
        get => (BackupPhase)_phase;
        set => _phase = (int)value;
    }

    /// <summary>Bytes of the artifact that were written so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>Says how many bytes there are now, where they are not counted one by one.</summary>
    public void Report(long bytes) => Interlocked.Exchange(ref _bytes, bytes);
}
