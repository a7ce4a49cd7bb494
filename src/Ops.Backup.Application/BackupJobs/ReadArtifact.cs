using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>The dump, for a download.</summary>
/// <param name="Store">The store to read from; the nearest good copy when null.</param>
/// <param name="Decrypt">As the database gave it, where the artifact is encrypted and this service has an identity that opens it.</param>
public sealed record OpenArtifact(string Id, string? Store, bool Decrypt) : IRequest<OpenedArtifact>;

/// <param name="Sha256">Of the whole file as stored; serves as its entity tag. Null for what was decrypted.</param>
public sealed record OpenedArtifact(ArtifactContent Content, string? Sha256);

/// <summary>A link to a remote copy that works without this service for a while.</summary>
public sealed record LinkArtifact(string Id, string? Store, int ValidSeconds) : IRequest<ArtifactLink>;

/// <param name="Url">Whoever has it can fetch the file until then.</param>
/// <param name="ExpiresAt">UTC.</param>
public sealed record ArtifactLink(Uri Url, DateTimeOffset ExpiresAt);

public sealed record ReadLog(string Id, long FromByte) : IRequest<LogText>;

public sealed class ReadArtifactHandler(IBackupJobs jobs, IArtifactFiles files, TimeProvider time)
    : IRequestHandler<OpenArtifact, OpenedArtifact>, IRequestHandler<LinkArtifact, ArtifactLink>, IRequestHandler<ReadLog, LogText>
{
    private const int LongestLink = 7 * 24 * 3600;

    public async Task<OpenedArtifact> Handle(OpenArtifact request, CancellationToken cancellationToken)
    {
        var job = await GetAsync(request.Id, cancellationToken);
        return request.Decrypt && job.Recipients.Count > 0
            ? new OpenedArtifact(await files.OpenDecryptedAsync(job, request.Store, cancellationToken), null)
            : new OpenedArtifact(await files.OpenAsync(job, request.Store, cancellationToken), job.Checksum);
    }

    public async Task<ArtifactLink> Handle(LinkArtifact request, CancellationToken cancellationToken)
    {
        if (request.ValidSeconds is < 1 or > LongestLink)
            throw new InvalidValueException("VALUE_OUT_OF_RANGE", "validSeconds", $"validSeconds goes from 1 to {LongestLink}.");
        var job = await GetAsync(request.Id, cancellationToken);
        var until = time.GetUtcNow().AddSeconds(request.ValidSeconds);
        return await files.PresignAsync(job, request.Store, TimeSpan.FromSeconds(request.ValidSeconds), cancellationToken) is { } url
            ? new ArtifactLink(url, until) : throw BackupJobErrors.NoLink(job);
    }

    public async Task<LogText> Handle(ReadLog request, CancellationToken cancellationToken) =>
        files.ReadLog(await jobs.GetAsync(request.Id, cancellationToken), request.FromByte);

    private async Task<BackupJob> GetAsync(string id, CancellationToken cancellationToken) =>
        await jobs.GetAsync(id, cancellationToken) is { HasArtifact: true } job ? job : throw BackupJobErrors.NoArtifact(await jobs.GetAsync(id, cancellationToken));
}
