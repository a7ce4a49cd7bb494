using System.Reflection;

namespace Ops.Backup.Architecture.Tests;

/// <summary>Who may know whom. Each rule gives back the offenders, so that it can be shown failing on a planted one.</summary>
internal static class LayerRules
{
    /// <summary>References of an assembly beyond the runtime that are not among the allowed.</summary>
    public static IReadOnlyList<string> ForbiddenReferences(Assembly assembly, params string[] allowed) =>
        [.. assembly.GetReferencedAssemblies().Select(reference => reference.Name!)
            .Where(name => !IsRuntime(name) && !allowed.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))];

    /// <summary>Types outside a namespace that mention a library in their fields, properties, methods or constructors.</summary>
    public static IReadOnlyList<string> UsersOf(string library, IEnumerable<Type> types, string onlyIn) =>
        [.. types.Where(type => type.Namespace?.StartsWith(onlyIn, StringComparison.Ordinal) != true)
            .Where(type => Mentioned(type).Any(used => used.Assembly.GetName().Name?.StartsWith(library, StringComparison.Ordinal) == true))
            .Select(type => type.FullName!)];

    /// <summary>Public properties of domain types that anybody may set.</summary>
    public static IReadOnlyList<string> PublicSetters(IEnumerable<Type> types) =>
        [.. types.Where(type => type is { IsClass: true, IsPublic: true }).SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(property => property.SetMethod is { IsPublic: true } setter && !IsInit(setter)).Select(property => $"{property.DeclaringType!.Name}.{property.Name}")];

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name is "IsExternalInit");

    private static bool IsRuntime(string name) =>
        name is "netstandard" or "mscorlib" || name.StartsWith("System.", StringComparison.Ordinal);

    private static IEnumerable<Type> Mentioned(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var direct = type.GetFields(All).Select(field => field.FieldType)
            .Concat(type.GetMethods(All).SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)))
            .Concat(type.GetConstructors(All).SelectMany(constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType)))
            .Concat(type.GetInterfaces());
        if (type.BaseType is { } parent) direct = direct.Append(parent);
        return direct.SelectMany(used => used.IsGenericType ? used.GetGenericArguments().Append(used) : [used]);
    }
}
