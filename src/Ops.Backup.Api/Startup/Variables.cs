using Ops.Backup.Domain;

namespace Ops.Backup.Api.Startup;

/// <summary>Settings that have the names of environment variables. Empty is not given.</summary>
internal sealed class Variables(IConfiguration configuration)
{
    public string? this[string name] => configuration[name] is { Length: > 0 } value ? value : null;

    /// <exception cref="StartupException">It is missing.</exception>
    public string Required(string name, string neededBy) => this[name] ?? throw Wrong(name, $"it is missing, and {neededBy} needs it.");

    /// <summary>The value under either of two names.</summary>
    /// <exception cref="StartupException">Both are given, and differ.</exception>
    public (string Name, string? Value) Either(string first, string second)
    {
        var (one, other) = (this[first], this[second]);
        if (one is not null && other is not null && one != other) throw Wrong(second, $"{first} is set as well, to something else; leave one of them away.");
        return one is not null ? (first, one) : (second, other);
    }

    /// <summary>What a rule refuses is said with the variable's name.</summary>
    /// <param name="nameOf">By the field that the rule names.</param>
    public static T Checked<T>(Func<T> work, Func<string, string> nameOf)
    {
        try
        {
            return work();
        }
        catch (InvalidValueException e)
        {
            throw Wrong(nameOf(e.Field), e.Message);
        }
    }

    public static T Checked<T>(Func<T> work, string name) => Checked(work, _ => name);

    // Values are not repeated: one of them may be a secret in the wrong place.
    public static StartupException Wrong(string name, string message) => StartupException.Configuration($"Configuration, {name}: {message}");
}
