using System.Numerics;

namespace Ops.Backup.Domain.Schedules;

/// <summary>The values of one part, as bits.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Bits">Bit n is set when n matches.</param>
/// <param name="HasStar">It contains <c>*</c>, with or without a step.</param>
/// <param name="HasStep">It contains <c>*</c> or a step.</param>
/// <param name="HasLast">It contains <c>L</c>.</param>
internal readonly record struct CronField(string Text, ulong Bits, bool HasStar, bool HasStep, bool HasLast)
{
    public int Count => BitOperations.PopCount(Bits);

    public int First => BitOperations.TrailingZeroCount(Bits);

    public bool Has(int value) => (Bits >> value & 1) != 0;

    /// <summary>All that has a meaning: the same for <c>02</c> and <c>2</c>, and for <c>SUN</c> and <c>7</c>.</summary>
    public (ulong Bits, bool HasStar, bool HasStep, bool HasLast) Meaning => (Bits, HasStar, HasStep, HasLast);

    /// <summary>The first value that is not below the given one, or -1.</summary>
    public int AtOrAfter(int value)
    {
        var rest = value > 63 ? 0 : Bits & (ulong.MaxValue << value);
        return rest == 0 ? -1 : BitOperations.TrailingZeroCount(rest);
    }

    public IEnumerable<int> Values()
    {
        for (var value = First; value is >= 0 and < 64; value = AtOrAfter(value + 1)) yield return value;
    }

    /// <summary>The step, if the values go from 0 by one step that divides the whole; else 0.</summary>
    public int EvenStep(int whole)
    {
        if (Count == 0 || whole % Count != 0) return 0;
        var step = whole / Count;
        for (var value = 0; value < whole; value += step)
            if (!Has(value)) return 0;
        return step;
    }
}
