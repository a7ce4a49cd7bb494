using System.Globalization;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>A service that runs the script once, and the timer that starts it.</summary>
internal static class SystemdExport
{
    // Longer than the script's own limit, so that the script ends an overlong run itself and reports it.
    private const int ScriptLimitSeconds = 21_600;
    private const int SpareSeconds = 3_600;

    public static ConfigExport Of(ExportSubject subject)
    {
        var schedule = subject.Schedule;
        var notes = HostScriptNotes.Of(subject, bySystemd: true, scheduled: true);
        var unit = $"ops-backup-{subject.Slug}";
        ExportedFile[] files =
        [
            EnvExport.FileOf(subject, notes),
            new($"/etc/systemd/system/{unit}.service", "0644", "root", Service(subject)),
            new($"/etc/systemd/system/{unit}.timer", "0644", "root", Timer(subject)),
        ];
        string[] comment = schedule.JitterSeconds == 0 ? [] : ["Jitter: the host waits a time of its own, always the same, not that of the service."];
        var after = $"systemctl daemon-reload\necho 'Now put the password in place, then: systemctl enable --now {unit}.timer'";
        return new ConfigExport("systemd", $"{subject.Slug}.systemd.sh", files, notes, InstallScript.Of(subject, files, comment, notes, after));
    }

    private static string Service(ExportSubject subject)
    {
        var limit = (subject.Config.Policy.TimeLimitSeconds ?? ScriptLimitSeconds) + SpareSeconds;
        return $"""
            [Unit]
            Description={Description(subject)}
            Wants=network-online.target
            After=network-online.target postgresql.service

            [Service]
            Type=oneshot
            User={ExportSubject.User}
            Environment=BACKUP_ENV_FILE={subject.EnvPath}
            ExecStart={ExportSubject.Script}
            TimeoutStartSec={limit.ToString(CultureInfo.InvariantCulture)}s
            TimeoutStopSec=60s
            # Only the script is told to stop; it stops its children and then reports.
            KillMode=mixed
            # Another run at work is no failure of this unit; that run reports for itself.
            SuccessExitStatus=3
            Nice=10
            IOSchedulingClass=idle
            UMask=0077
            NoNewPrivileges=yes
            ProtectSystem=strict
            ReadWritePaths={PathText(HostScriptStores.BaseFolder(subject))}
            LogsDirectory=db-backup
            LogsDirectoryMode=0750
            ProtectHome=read-only
            PrivateTmp=yes
            CapabilityBoundingSet=

            """;
    }

    private static string Timer(ExportSubject subject)
    {
        var schedule = subject.Schedule;
        List<string> lines = ["[Unit]", $"Description=Start: {Description(subject)}", "", "[Timer]", .. schedule.Schedule.ForSystemd().Select(time => $"OnCalendar={time}"), "AccuracySec=1s"];
        if (schedule.JitterSeconds > 0) lines.AddRange([$"RandomizedDelaySec={schedule.JitterSeconds.ToString(CultureInfo.InvariantCulture)}s", "FixedRandomDelay=true"]);
        lines.AddRange([$"Persistent={(schedule.RunMissed ? "true" : "false")}", "", "[Install]", "WantedBy=timers.target"]);
        return string.Join('\n', lines) + "\n";
    }

    // A % begins a specifier, and a \ at the end would take the next line in; the full stop stands behind it.
    private static string Description(ExportSubject subject) => subject.Title.Replace("%", "%%", StringComparison.Ordinal);

    private static string PathText(string path) => "\"" + path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal) + "\"";
}
