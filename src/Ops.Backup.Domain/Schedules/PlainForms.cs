using System.Globalization;
using System.Text.RegularExpressions;

namespace Ops.Backup.Domain.Schedules;

/// <summary>Shortcuts and plain English or Chinese, as cron. What is none of them is taken for cron already.</summary>
internal static partial class PlainForms
{
    private const string Time = @" ?(?<h>[0-9]{1,2}):(?<m>[0-9]{2})$";

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    private static readonly string[] Weekdays = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];

    private static readonly (Regex Form, Func<Match, string> Cron)[] All =
    [
        (EveryEnglish(), Every), (EveryChinese(), Every),
        (Daily(), match => $"{At(match)} * * *"),
        (WeeklyEnglish(), match => $"{At(match)} * * {Weekday(match.Groups["day"].Value)}"),
        (WeeklyChinese(), match => $"{At(match)} * * {"日一二三四五六".IndexOf(match.Groups["day"].Value.Replace('天', '日'), StringComparison.Ordinal)}"),
        (Monthly(), match => $"{At(match)} {(match.Groups["last"].Success ? "L" : Short(match.Groups["date"]))} * *"),
    ];

    /// <exception cref="InvalidValueException">It begins like a plain form and is none.</exception>
    public static string ToCron(string text)
    {
        if (text[0] == '@') return Shortcut(text);
        if (text[0] != '每' && !PlainStart().IsMatch(text)) return text;
        var plain = Spaces().Replace(text.Replace('：', ':').ToUpperInvariant(), " ");
        foreach (var (form, cron) in All)
            if (form.Match(plain) is { Success: true } match) return cron(match);
        throw ScheduleErrors.UnknownForm(text);
    }

    private static string Shortcut(string text) => text.ToUpperInvariant() switch
    {
        "@HOURLY" => "0 * * * *",
        "@DAILY" => "0 0 * * *",
        "@WEEKLY" => "0 0 * * 0",
        "@MONTHLY" => "0 0 1 * *",
        "@YEARLY" => "0 0 1 1 *",
        _ => throw ScheduleErrors.UnknownShortcut(text),
    };

    // Cron counts from the top of the hour or of the day, so a step that does not divide it would not be kept.
    private static string Every(Match match)
    {
        var number = match.Groups["n"].Success ? int.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture) : 1;
        var minutes = match.Groups["minute"].Success;
        var (whole, unit) = minutes ? (60, "minute") : (24, "hour");
        if (number == 0 || whole % number != 0) throw ScheduleErrors.UnevenSteps(number, unit, whole);
        var step = number == 1 ? "*" : number == whole ? "0" : string.Create(CultureInfo.InvariantCulture, $"*/{number}");
        if (minutes) return $"{step} * * * *";
        return $"0 {step} * * *";
    }

    private static string At(Match match) => $"{Short(match.Groups["m"])} {Short(match.Groups["h"])}";

    private static string Short(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    private static string Weekday(string name)
    {
        var day = name.Length >= 3 ? Array.FindIndex(Weekdays, weekday => string.Equals(weekday, name, StringComparison.Ordinal) || string.Equals(weekday[..3], name, StringComparison.Ordinal)) : -1;
        return day >= 0 ? day.ToString(CultureInfo.InvariantCulture) : throw ScheduleErrors.Part("day of week", name, "it is a name from Sunday to Saturday");
    }

    [GeneratedRegex("^(every|daily|weekly|monthly)", Options | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex PlainStart();

    [GeneratedRegex(@"\s+", Options, 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex("^EVERY ((?<n>[0-9]{1,4}) )?((?<minute>MINUTES?)|HOURS?)$", Options, 1000)]
    private static partial Regex EveryEnglish();

    [GeneratedRegex("^每 ?(?<n>[0-9]{1,4})? ?((?<minute>分钟)|个?小时)$", Options, 1000)]
    private static partial Regex EveryChinese();

    [GeneratedRegex("^(DAILY|每[天日])" + Time, Options, 1000)]
    private static partial Regex Daily();

    [GeneratedRegex("^WEEKLY (?<day>[A-Z]+)" + Time, Options, 1000)]
    private static partial Regex WeeklyEnglish();

    [GeneratedRegex("^每(周|星期)(?<day>[日天一二三四五六])" + Time, Options, 1000)]
    private static partial Regex WeeklyChinese();

    [GeneratedRegex("^(MONTHLY ((?<last>LAST DAY)|(?<date>[0-9]{1,2})) |每月((?<last>最后一天)|(?<date>[0-9]{1,2})[日号]))" + Time, Options, 1000)]
    private static partial Regex Monthly();
}
