using System.Globalization;

namespace Ops.Backup.Bench;

/// <summary>What a process and its children have used so far; children that have ended count where their parent has waited for them.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100;

    public static double CpuSeconds(int root)
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                var stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
                // From the state on, which is the third field of proc(5).
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                var parent = int.Parse(fields[1], CultureInfo.InvariantCulture);
                if (id != root && parent != root) continue;
                ticks += fields[11..(id == root ? 15 : 13)].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has ended.
            }
        }
        return ticks / TicksPerSecond;
    }
}
