using System.Text;
using MediatR;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.Configs.Exports;
using Ops.Backup.Application.Configs.Files;

namespace Ops.Backup.Api.Configs;

/// <summary>Configs as text: to run them on a host without .NET, or to keep them in files.</summary>
internal static class ExportEndpoints
{
    private const string Description = """
        `format`: `cron` (when left out) and `systemd` give a shell script that installs the settings for `db_backup.sh` and what starts it;
        `schtasks` a command file for Windows; `env` the settings alone; `json` and `yaml` the config as the folder of config files takes it.
        Never a password or key: a comment says where they belong. What the script does otherwise than the service stands at the top.
        `as=json` gives the files one by one instead of a text. A schedule that the format can't say, a config without one, and backups that
        the script can't make are a 409 `EXPORT_NOT_POSSIBLE` that says why.
        """;

    public static void MapExport(this IEndpointRouteBuilder configs)
    {
        configs.MapGet("/{id}/export", ExportAsync).WithSummary("A config for the host script, or as a file").WithDescription(Description)
            .Produces<string>(200, "text/plain", "application/json").ProducesProblems(400, 404, 409);
        configs.MapGet("/files/diff", (IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new DiffConfigFiles(), cancellationToken))
            .WithSummary("What applying the config files would change now")
            .WithDescription("Compares the folder `Service:ConfigFolder` of this node with the configs; it changes nothing. The files are applied when a node starts, or by the command `configs apply`.")
            .Produces<ConfigFileDiff>().ProducesProblems(409);
    }

    private static async Task<IResult> ExportAsync(string id, IMediator mediator, CancellationToken cancellationToken, string? format = null, string? @as = null)
    {
        if (@as is not (null or "" or "text" or "json")) throw new Domain.InvalidValueException("UNKNOWN_WORD", "as", $"'{@as}' is none of text, json.");
        var export = await mediator.Send(new ExportConfig(id, format), cancellationToken);
        return @as is "json" ? Results.Json(export) : Results.File(Encoding.UTF8.GetBytes(export.Text), "text/plain; charset=utf-8", export.FileName);
    }
}
