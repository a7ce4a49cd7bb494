using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>A file for <c>/etc/cron.d</c>.</summary>
internal static class CronExport
{
    public static ConfigExport Of(ExportSubject subject)
    {
        var schedule = subject.Schedule;
        var zone = schedule.Schedule.TimeZone;
        var notes = HostScriptNotes.Of(subject, bySystemd: false, scheduled: true);
        string[] comment =
        [
            $"CRON_TZ: cronie (Red Hat, SUSE, Arch) takes the times as {zone}. The cron of Debian and Ubuntu ignores CRON_TZ and takes",
            $"the host's zone: there the host must be in {zone} (timedatectl), or use format=systemd, which knows zones.",
        ];
        var env = EnvExport.FileOf(subject, notes);
        List<string> lines =
        [
            $"# {subject.Title}",
            .. comment.Select(line => $"# {line}"),
            "# Progress goes to the log, trouble is mailed by cron.",
            "SHELL=/bin/sh",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            $"BACKUP_ENV_FILE={subject.EnvPath}",
            $"CRON_TZ={zone}",
            .. schedule.Schedule.ForCrontab().Select(line => $"{line.Fields} {ExportSubject.User} {Command(subject, line)}"),
        ];
        ExportedFile[] files = [env, new ExportedFile($"/etc/cron.d/ops-backup-{subject.Slug}", "0644", "root", string.Join('\n', lines) + "\n")];
        return new ConfigExport("cron", $"{subject.Slug}.cron.sh", files, notes, InstallScript.Of(subject, files, comment, notes, $"echo 'Now put the password in place, then: runuser -u {ExportSubject.User} -- env BACKUP_ENV_FILE={subject.EnvPath} {ExportSubject.Script} --check'"));
    }

    private static string Command(ExportSubject subject, CrontabLine line)
    {
        var (schedule, zone) = (subject.Schedule, subject.Schedule.Schedule.TimeZone);
        var command = "";
        // Noon exists on every day of every zone; a time that the clocks skip does not.
        if (line.LastDayOnly) command += $"test \"$(TZ={zone} date -d '12:00 tomorrow' +%d)\" = 01 && ";
        if (line.Weekdays.Count > 0) command += $"echo {string.Concat(line.Weekdays)} | grep -q \"$(TZ={zone} date +%w)\" && ";
        var jitter = (int)Jitter.Of(subject.Config.Id, schedule.JitterSeconds).TotalSeconds;
        if (jitter > 0) command += $"sleep {jitter} && ";
        // A % would end the command and begin its standard input.
        return (command + $"{ExportSubject.Script} >/dev/null").Replace("%", "\\%", StringComparison.Ordinal);
    }
}
