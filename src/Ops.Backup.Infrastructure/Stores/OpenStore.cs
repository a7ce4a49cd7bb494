using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>A store and its open connection; the owner disposes it.</summary>
internal sealed record OpenStore(Store Facts, IArtifactStore Files) : IDisposable
{
    public void Dispose() => Files.Dispose();
}
