using FluentValidation;
using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>A manual backup. Everything but the source has a default: full, custom format, one connection, zstd:1, with globals.</summary>
/// <param name="Source" example="chinook">A source's name or id.</param>
/// <param name="Description" example="before the upgrade">For people; at most 2000 characters.</param>
/// <param name="Type" example="full">full, schema_only or data_only.</param>
/// <param name="Format" example="custom">custom, plain, or directory (stored as one tar).</param>
/// <param name="Jobs" example="1">Connections that dump at the same time, 1 to 32; more than one needs the directory format.</param>
/// <param name="Compression" example="zstd:1">zstd:1 to zstd:19, gzip:0 to gzip:9, or none.</param>
/// <param name="IncludeGlobals" example="true">Roles and tablespaces too, in a file of their own.</param>
/// <param name="Stores" example="null">Names or ids of the stores that get a copy; the default stores when left out.</param>
/// <param name="Recipients" example="null">Public keys of age to encrypt to, beside those of the stores.</param>
public sealed record RequestBackup(
    string? Source, string? Description = null, string? Type = null, string? Format = null, int? Jobs = null, string? Compression = null, bool? IncludeGlobals = null,
    IReadOnlyList<string>? Stores = null, IReadOnlyList<string>? Recipients = null)
    : IRequest<string>;

public sealed class RequestBackupValidator : AbstractValidator<RequestBackup>
{
    public RequestBackupValidator()
    {
        RuleFor(request => request.Source).NotEmpty().WithErrorCode("VALUE_MISSING");
        RuleFor(request => request.Stores).Must(stores => stores is null || stores is { Count: > 0 and <= 20 } && stores.All(store => !string.IsNullOrEmpty(store)))
            .WithErrorCode("STORES_INVALID").WithMessage("stores has 1 to 20 names or ids; leave it out for the default stores.");
        RuleFor(request => request.Recipients).Must(recipients => recipients is null or { Count: <= 20 })
            .WithErrorCode("RECIPIENT_INVALID").WithMessage("recipients has at most 20 public keys.");
        RuleFor(request => request.Description).MaximumLength(2000).WithErrorCode("VALUE_TOO_LONG");
        RuleFor(request => request.Description).Must(text => text is null || !text.Contains('\0')).WithErrorCode("VALUE_HAS_CONTROL_CHARACTERS")
            .WithMessage("description has a NUL character.");
    }
}

public sealed class RequestBackupHandler(ISources sources, IStores stores, IBackupJobs jobs, TimeProvider time) : IRequestHandler<RequestBackup, string>
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
        var destination = new Destination(await StoresAsync(request.Stores, cancellationToken), request.Recipients ?? []);
        var job = BackupJob.Request(source, spec, destination, request.Description, time.GetUtcNow());
        await jobs.AddAsync(job, cancellationToken);
        return job.Id;
    }

    private async Task<IReadOnlyList<Store>> StoresAsync(IReadOnlyList<string>? named, CancellationToken cancellationToken)
    {
        if (named is null) return [.. (await stores.ListAsync(cancellationToken)).Where(store => store.IsDefault)];
        var chosen = new List<Store>();
        foreach (var name in named) chosen.Add(await stores.GetAsync(name, cancellationToken));
        return chosen;
    }
}
