namespace Ops.Backup.Domain.Schedules;

public enum ScheduleLanguage { English, Chinese }
