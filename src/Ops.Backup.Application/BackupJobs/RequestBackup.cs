using FluentValidation;
using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>A manual backup. Everything but the source has a default: full, custom format, one connection, zstd:1, with globals.</summary>
public sealed record RequestBackup(
    string? Source, string? Description = null, string? Type = null, string? Format = null, int? Jobs = null, string? Compression = null, bool? IncludeGlobals = null)
    : IRequest<string>;

public sealed class RequestBackupValidator : AbstractValidator<RequestBackup>
{
    public RequestBackupValidator()
    {
        RuleFor(request => request.Source).NotEmpty().WithErrorCode("VALUE_MISSING");
        RuleFor(request => request.Description).MaximumLength(2000).WithErrorCode("VALUE_TOO_LONG");
        RuleFor(request => request.Description).Must(text => text is null || !text.Contains('\0')).WithErrorCode("VALUE_HAS_CONTROL_CHARACTERS")
            .WithMessage("description has a NUL character.");
    }
}

public sealed class RequestBackupHandler(ISources sources, IBackupJobs jobs, IJobQueue queue, TimeProvider time) : IRequestHandler<RequestBackup, string>
{
    /// <returns>The id of the new job.</returns>
    public async Task<string> Handle(RequestBackup request, CancellationToken cancellationToken)
    {
        var spec = new BackupSpec(
            request.Type is null ? BackupType.Full : Words.Parse<BackupType>(request.Type, "type"),
            request.Format is null ? BackupFormat.Custom : Words.Parse<BackupFormat>(request.Format, "format"),
            request.Jobs ?? 1,
            request.Compression is null ? Domain.BackupJobs.Compression.Default : Domain.BackupJobs.Compression.Parse(request.Compression),
            request.IncludeGlobals ?? true);
        var source = await sources.GetAsync(request.Source!, cancellationToken);
        var job = BackupJob.Request(source, spec, request.Description, time.GetUtcNow());
        await jobs.AddAsync(job, cancellationToken);
        // Should this node die here, the reaper queues the PENDING job again.
        await queue.EnqueueAsync(job.Id, TimeSpan.Zero, cancellationToken);
        return job.Id;
    }
}
