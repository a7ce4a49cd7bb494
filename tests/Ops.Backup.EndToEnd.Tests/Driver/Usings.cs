global using Ops.Backup.EndToEnd.Tests.Driver;
global using Ops.Backup.Testing;
global using Shouldly;
global using Xunit;
