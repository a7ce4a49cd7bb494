namespace Ops.Backup.Application.Configs.Exports;

/// <param name="Format" example="cron">The format that was asked for.</param>
/// <param name="FileName" example="nightly.cron.sh">What the text would be saved as.</param>
/// <param name="Files">The files that it consists of, for programs.</param>
/// <param name="Notes">What of the config the host script does not do.</param>
/// <param name="Text">All of it for people: a script that puts the files where they belong, where there are several.</param>
public sealed record ConfigExport(string Format, string FileName, IReadOnlyList<ExportedFile> Files, IReadOnlyList<string> Notes, string Text);

/// <param name="Path" example="/etc/cron.d/ops-backup-nightly">Where it belongs.</param>
/// <param name="Mode" example="0644">Its rights, octal.</param>
/// <param name="Owner" example="root">Its owner; empty where that does not matter.</param>
/// <param name="Content">Its text.</param>
public sealed record ExportedFile(string Path, string Mode, string Owner, string Content);
