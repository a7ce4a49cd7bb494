namespace Ops.Backup.Application.Configs.Exports;

/// <summary>Several files as one shell script that puts them where they belong: to read, to paste, or to run as root.</summary>
internal static class InstallScript
{
    private const string EndOfFile = "END_OF_FILE";

    public static string Of(ExportSubject subject, IReadOnlyList<ExportedFile> files, IReadOnlyList<string> comment, IReadOnlyList<string> notes, string after)
    {
        List<string> lines =
        [
            "#!/bin/sh",
            $"# {subject.Title}",
            $"# Run as root on the host, after {ExportSubject.Script} was installed (ops/backup/README.md).",
            .. comment.Select(line => $"# {ExportSubject.OneLine(line)}"),
            .. EnvExport.CommentedNotes(notes),
            "set -eu",
            "put() { # put PATH MODE OWNER: settings that are there stay, they may hold keys by now",
            "  if [ \"$2\" = 0600 ] && [ -e \"$1\" ]; then set -- \"$1.new\" \"$2\" \"$3\"; echo \"Compare $1 with what is there.\"; fi",
            "  install -m \"$2\" -o \"$3\" /dev/stdin \"$1\"",
            "}",
            $"install -d -m 0750 -o {ExportSubject.User} {ShellText.Quoted(HostScriptStores.BaseFolder(subject))} /var/log/db-backup",
        ];
        foreach (var file in files)
        {
            lines.Add("");
            lines.Add($"# ===== {file.Path}");
            lines.Add($"put {file.Path} {file.Mode} {file.Owner} <<'{EndOfFile}'");
            lines.Add(file.Content.TrimEnd('\n'));
            lines.Add(EndOfFile);
        }
        return string.Join('\n', lines) + $"\n\n{after}\n";
    }
}

internal static class ShellText
{
    public static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
