namespace Ops.Backup.Application.Configs.Exports;

/// <summary>A command file for Windows: tasks that run the script in the Windows Subsystem for Linux.</summary>
internal static class WindowsExport
{
    private const string TaskFolder = "Ops.Backup";

    public static ConfigExport Of(ExportSubject subject)
    {
        var schedule = subject.Schedule;
        var tasks = schedule.Schedule.ForWindows();
        IReadOnlyList<string> notes =
        [
            .. HostScriptNotes.Of(subject, bySystemd: schedule.RunMissed, scheduled: true),
            .. schedule.JitterSeconds > 0 ? new[] { "jitterSeconds: the tasks start on the minute." } : [],
        ];
        var env = EnvExport.FileOf(subject, notes);
        List<string> lines =
        [
            "@echo off",
            .. Comment(subject.Title),
            .. Comment("The script needs bash and util-linux: it runs in the Windows Subsystem for Linux. Before this file is run,"),
            .. Comment($"save the answer of format=env there as {subject.EnvPath}, mode 0600, and install {ExportSubject.Script}."),
            .. Comment($"Times are those of the config's zone {schedule.Schedule.TimeZone}; Windows takes them as its own local time, so the host must be in that zone."),
            .. Comment("A task runs as who creates it, while logged on; add /RU name /RP * to run it always."),
            .. notes.SelectMany(note => Comment("Otherwise than in the service: " + note)),
        ];
        for (var task = 0; task < tasks.Count; task++) lines.AddRange(Create(subject, task, tasks));
        var text = string.Join("\r\n", lines) + "\r\n";
        return new ConfigExport("schtasks", $"{subject.Slug}.cmd", [env, new ExportedFile($"{subject.Slug}.cmd", "", "", text)], notes, text);
    }

    private static IEnumerable<string> Create(ExportSubject subject, int task, IReadOnlyList<string> tasks)
    {
        var name = tasks.Count == 1 ? subject.Slug : $"{subject.Slug}-{task + 1}";
        var command = $"wsl.exe -u {ExportSubject.User} -- env BACKUP_ENV_FILE={subject.EnvPath} {ExportSubject.Script}";
        yield return $"schtasks /Create /F /TN \"{TaskFolder}\\{name}\" /TR \"{command}\" {tasks[task]} || exit /b 1";
        // schtasks has no option for it.
        if (subject.Schedule.RunMissed)
            yield return $"powershell -NoProfile -Command \"Set-ScheduledTask -TaskPath '\\{TaskFolder}\\' -TaskName '{name}' -Settings (New-ScheduledTaskSettingsSet -StartWhenAvailable)\" || exit /b 1";
    }

    // A % is expanded even in a comment, and a ^ at the end of the line would take the next line in; every comment ends in a full stop or comma.
    private static IEnumerable<string> Comment(string text) => ["rem " + ExportSubject.OneLine(text).Replace("%", "%%", StringComparison.Ordinal)];
}
