using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>One attempt failed; it is tried again when the error is transient. It never leaves the client: its <see cref="Error"/> does.</summary>
internal sealed class OssFailure(StoreException error) : Exception(error.Message, error)
{
    public StoreException Error { get; } = error;

    /// <summary>OSS's own code; null when OSS did not answer, or not clearly.</summary>
    public string? OssCode { get; init; }

    /// <summary>What the server asked us to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The answer got lost or says nothing, so the server may have done it all the same.</summary>
    public bool MayHaveHappened { get; init; }
}
