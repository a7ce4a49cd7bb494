using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Where the dump can be read, for a download.</summary>
public sealed record OpenArtifact(string Id) : IRequest<OpenedArtifact>;

/// <param name="Sha256">Of the whole file; serves as its entity tag.</param>
public sealed record OpenedArtifact(string Path, string FileName, string? Sha256);

public sealed record ReadLog(string Id, long FromByte) : IRequest<LogText>;

public sealed class ReadArtifactHandler(IBackupJobs jobs, IArtifactFiles files) : IRequestHandler<OpenArtifact, OpenedArtifact>, IRequestHandler<ReadLog, LogText>
{
    public async Task<OpenedArtifact> Handle(OpenArtifact request, CancellationToken cancellationToken)
    {
        var job = await jobs.GetAsync(request.Id, cancellationToken);
        if (job.Status is not BackupStatus.Success || job.LocalFile is null) throw BackupJobErrors.NoArtifact(job);
        var path = files.Locate(job);
        return new OpenedArtifact(path, Path.GetFileName(path), job.Checksum);
    }

    public async Task<LogText> Handle(ReadLog request, CancellationToken cancellationToken) =>
        files.ReadLog(await jobs.GetAsync(request.Id, cancellationToken), request.FromByte);
}
