namespace Ops.Backup.Domain.Schedules;

internal sealed class ChineseScheduleWords : ScheduleWords
{
    private const string Week = "日一二三四五六";

    public override string Daily => "每天";

    public override string Comma => "、";

    public override string Or => "或";

    public override string And => "且为";

    public override string InZone(string text, string zoneId) => $"{text}（{zoneId}）";

    public override string EveryMinutes(int step) => step == 1 ? "每分钟" : $"每{Text(step)}分钟";

    public override string EveryHours(int step) => step == 1 ? "每小时" : $"每{Text(step)}小时";

    public override string AtMinute(int minute) => $"的第{Text(minute)}分钟";

    public override string ByFields(string minutes, string hours) => $"在 {hours} 时的 {minutes} 分";

    public override string Dates(IReadOnlyList<int> dates, bool last) => "每月" + string.Join(Comma, dates.Select(date => Text(date) + "日").Concat(last ? ["最后一天"] : []));

    public override string Weekdays(IReadOnlyList<int> weekdays) => "每" + string.Join(Comma, weekdays.Select(day => "周" + Week[day]));

    public override string Yearly(int month, int date) => $"每年{Text(month)}月{Text(date)}日";

    public override string OnDays(string days) => $"，{days}";

    public override string InMonths(IReadOnlyList<int> months) => "，限" + string.Join(Comma, months.Select(month => Text(month) + "月"));
}
