using System.Globalization;

namespace Ops.Backup.Bench;

internal static class Arguments
{
    public static int Number(string[] arguments, string name, int otherwise)
    {
        var at = Array.IndexOf(arguments, name);
        return at < 0 ? otherwise : int.Parse(arguments[at + 1], CultureInfo.InvariantCulture);
    }

    public static int Usage(string text)
    {
        Console.Error.WriteLine($"Usage: Ops.Backup.Bench {text}");
        return 2;
    }
}
